require "index";
if header :last "a" "b" { keep; }
if header :index "1" "a" "b" { keep; }
