using System.Buffers.Text;

namespace RedPacket.LoadTest.Engine;

/// <summary>The state of the received bytes so far.</summary>
internal enum ParseStatus
{
    /// <summary>More bytes must arrive.</summary>
    Incomplete,

    /// <summary>One whole answer, with nothing after it.</summary>
    Whole,

    /// <summary>Not a valid HTTP/1.1 answer. The connection must be closed.</summary>
    Malformed,
}

/// <summary>One HTTP/1.1 answer, read strictly, because a load test must not count malformed answers.</summary>
internal readonly ref struct HttpAnswer
{
    private const int LongestHead = 16 * 1024;
    private const int LongestBody = 1024 * 1024;

    private HttpAnswer(int status, ReadOnlySpan<byte> body, bool replayed, bool closes, bool hasRetryAfter)
    {
        Status = status;
        Body = body;
        IsReplayed = replayed;
        Closes = closes;
        HasRetryAfter = hasRetryAfter;
    }

    /// <summary>100 to 599.</summary>
    public int Status { get; }

    /// <summary>The bytes that Content-Length counts, or all chunks joined.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Has <c>Idempotent-Replayed: true</c>.</summary>
    public bool IsReplayed { get; }

    /// <summary>Has <c>Connection: close</c>.</summary>
    public bool Closes { get; }

    /// <summary>Has Retry-After.</summary>
    public bool HasRetryAfter { get; }

    /// <summary>Reads the bytes received since the request.</summary>
    /// <param name="error">What is wrong; null unless the answer is malformed.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> received, out HttpAnswer answer, out string? error)
    {
        answer = default;
        error = null;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (!StartsAsHttp(received))
            return Malformed("does not begin with HTTP/1.1 and a status", out error);
        if (end < 0)
            return received.Length > LongestHead ? Malformed($"its head exceeds {LongestHead} bytes", out error) : ParseStatus.Incomplete;
        var head = received[..(end + 2)];
        var hasStatus = Utf8Parser.TryParse(received.Slice(9, 3), out int status, out var digits) && digits == 3;
        if (!hasStatus)
            return Malformed("has no status of three digits", out error);
        if (status is < 200 or > 599)
            return Malformed($"status {status} is not a final status", out error);
        var fields = new Fields();
        if (!fields.Read(head[(head.IndexOf("\r\n"u8) + 2)..], out error))
            return ParseStatus.Malformed;
        var rest = received[(end + 4)..];
        var body = ReadOnlySpan<byte>.Empty;
        var parsed = fields.IsChunked
            ? ChunkedBody.Read(rest, LongestBody, out body, out error)
            : ReadSized(rest, status, fields.Length, out body, out error);
        if (parsed != ParseStatus.Whole)
            return parsed;
        answer = new HttpAnswer(status, body, fields.Replayed, fields.Closes, fields.HasRetryAfter);
        return ParseStatus.Whole;
    }

    private static ParseStatus ReadSized(
        ReadOnlySpan<byte> rest, int status, long length, out ReadOnlySpan<byte> body, out string? error)
    {
        body = rest;
        error = null;
        if (length < 0 && status is not (204 or 304))
            return Malformed("has neither Content-Length nor chunks", out error);
        if (length > LongestBody)
            return Malformed($"its Content-Length is {length}, more than {LongestBody}", out error);
        if (rest.Length > Math.Max(length, 0))
            return Malformed($"has {rest.Length - Math.Max(length, 0)} bytes more than its Content-Length says", out error);
        return rest.Length < length ? ParseStatus.Incomplete : ParseStatus.Whole;
    }

    private static bool StartsAsHttp(ReadOnlySpan<byte> received)
    {
        var start = "HTTP/1.1 "u8;
        return received.Length < start.Length ? start.StartsWith(received) : received.StartsWith(start);
    }

    private static ParseStatus Malformed(string reason, out string? error)
    {
        error = reason;
        return ParseStatus.Malformed;
    }

    private ref struct Fields
    {
        public Fields() { }

        public long Length { get; private set; } = -1;

        public bool IsChunked { get; private set; }

        public bool Replayed { get; private set; }

        public bool Closes { get; private set; }

        public bool HasRetryAfter { get; private set; }

        public bool Read(ReadOnlySpan<byte> lines, out string? error)
        {
            error = null;
            while (!lines.IsEmpty)
            {
                var end = lines.IndexOf("\r\n"u8);
                var line = lines[..end];
                lines = lines[(end + 2)..];
                var colon = line.IndexOf((byte)':');
                if (colon <= 0)
                    error = "a header field has no name";
                else
                    ReadField(line[..colon], line[(colon + 1)..].Trim((byte)' '), ref error);
                if (error is not null)
                    return false;
            }
            return true;
        }

        private void ReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref string? error)
        {
            // Compare lengths first, because most fields are not relevant.
            if (name.Length == 14 && Same(name, "content-length"u8))
                ReadLength(value, ref error);
            else if (name.Length == 17 && Same(name, "transfer-encoding"u8))
                ReadCoding(value, ref error);
            else if (name.Length == 19 && Same(name, "idempotent-replayed"u8))
                Replayed = value.SequenceEqual("true"u8);
            else if (name.Length == 10 && Same(name, "connection"u8))
                Closes = Same(value, "close"u8);
            else if (name.Length == 11 && Same(name, "retry-after"u8))
                HasRetryAfter = Utf8Parser.TryParse(value, out int _, out var digits) && digits == value.Length;
        }

        private void ReadCoding(ReadOnlySpan<byte> value, ref string? error)
        {
            IsChunked = Same(value, "chunked"u8);
            if (!IsChunked)
                error = "has a Transfer-Encoding other than chunked";
        }

        private void ReadLength(ReadOnlySpan<byte> value, ref string? error)
        {
            if (!Utf8Parser.TryParse(value, out long length, out var digits) || digits != value.Length || length < 0)
                error = "its Content-Length is not a number";
            else if (Length >= 0 && Length != length)
                error = "has two Content-Lengths";
            else
                Length = length;
        }

        private static bool Same(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) =>
            System.Text.Ascii.EqualsIgnoreCase(text, lower);
    }
}
