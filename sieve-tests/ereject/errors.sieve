require "ereject";
ereject;
ereject 5;
ereject ["a", "b"];
ereject "a" "b";
reject "no";
