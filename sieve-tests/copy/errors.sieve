require "copy";
fileinto :copy "box";
keep :copy;
discard :copy;
redirect :copy :copy "a@example.net";
redirect :copy "x" "a@example.net";
