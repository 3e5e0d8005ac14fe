require ["ereject", "vacation"];
vacation "Gone.";
ereject "no";
