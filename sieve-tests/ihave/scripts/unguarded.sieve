require "ihave";
if not ihave "frobnicate" { keep; }
frobnicate;
