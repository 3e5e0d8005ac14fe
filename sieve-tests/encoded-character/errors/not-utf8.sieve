require ["encoded-character", "fileinto"];
fileinto "${hex: ff fe}";
