require "ihave";
if ihave { keep; }
if ihave 5 { keep; }
error;
error 5;
if ihave :contains "copy" { keep; }
