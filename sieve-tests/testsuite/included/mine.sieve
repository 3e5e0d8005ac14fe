require "fileinto";
fileinto "first";
