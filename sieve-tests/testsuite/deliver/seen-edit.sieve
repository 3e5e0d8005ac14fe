require "fileinto";
if header "x-edit" "yes" { fileinto "B"; }
