require "fileinto";
fileinto "second";
