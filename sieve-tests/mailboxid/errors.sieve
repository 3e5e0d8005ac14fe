require ["mailboxid", "fileinto"];
if mailboxidexists { keep; }
if mailboxidexists 5 { keep; }
fileinto :mailboxid "box";
fileinto :mailboxid 5 "box";
keep :mailboxid "F1";
