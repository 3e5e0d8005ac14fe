require "variables";
if string :comparator "i;frob" "a" "b" { keep; }
