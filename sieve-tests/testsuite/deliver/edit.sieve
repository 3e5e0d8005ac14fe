require "editheader";
addheader "X-Edit" "yes";
