require ["reject", "ereject"];
reject;
reject 5;
reject ["a", "b"];
ereject;
reject :frob "no";
