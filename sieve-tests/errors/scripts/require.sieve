require;
require 3;
require "frob";
require ["frob", "fileinto", "nabble"];
require "fileinto" "envelope";
require {}
keep;
require "envelope";
