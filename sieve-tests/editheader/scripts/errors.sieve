require "editheader";
addheader "X Bad" "value";
addheader "X-Bad:" "value";
addheader "X-Missing";
deleteheader;
deleteheader "X Bad";
deleteheader :last "X-A";
