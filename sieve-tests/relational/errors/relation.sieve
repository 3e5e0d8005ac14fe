require "relational";
if header :value "frob" "a" "b" { keep; }
if header :value "a" "b" { keep; }
if header :value "gt" :count "gt" "a" "1" { keep; }
if header :count 3 "a" "1" { keep; }
