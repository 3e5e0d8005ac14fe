require "variables";
set "1" "c";
