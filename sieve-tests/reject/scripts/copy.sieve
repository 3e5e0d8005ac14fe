require ["reject", "fileinto", "copy"];
fileinto :copy "INBOX";
reject "no";
