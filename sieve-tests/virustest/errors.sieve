require "virustest";
if virustest { keep; }
if virustest 5 { keep; }
if virustest ["1", "2"] { keep; }
if virustest :percent "5" { keep; }
if spamtest "1" { keep; }
