require "ereject";
reject "no";
