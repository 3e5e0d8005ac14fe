require ["imap4flags", "fileinto"];
setflag;
addflag 5;
removeflag "a" "b" "c";
setflag ["a"] "b";
hasflag "a";
keep :flags;
discard :flags "a";
redirect :flags "a" "a@example.com";
