require "fileinto";
fileinto :copy "box";
