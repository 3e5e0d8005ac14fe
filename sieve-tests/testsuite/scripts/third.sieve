require "fileinto";
fileinto "third";
