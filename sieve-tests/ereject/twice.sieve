require "ereject";
ereject "no";
ereject "no";
