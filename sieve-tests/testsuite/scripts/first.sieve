require ["fileinto", "copy", "editheader", "imap4flags"];
addheader "X-First" "one";
addflag "\\Flagged";
fileinto :copy "first";
