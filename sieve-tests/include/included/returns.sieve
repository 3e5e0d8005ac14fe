require ["include", "fileinto"];
fileinto "before";
if true { return; }
discard;
