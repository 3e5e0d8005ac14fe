require ["mailbox", "fileinto"];
if mailboxexists { keep; }
if mailboxexists 5 { keep; }
if mailboxexists :contains "INBOX" { keep; }
fileinto :create :create "box";
keep :create;
redirect :create "a@example.net";
fileinto :create "";
