require ["reject", "fileinto"];
reject "no";
fileinto "box";
