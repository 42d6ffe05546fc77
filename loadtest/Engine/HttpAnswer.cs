using System.Buffers.Text;

namespace RedPacket.LoadTest.Engine;

/// <summary>How far the bytes of a connection have come to be an answer.</summary>
internal enum ParseStatus
{
    /// <summary>More bytes have to come.</summary>
    Incomplete,

    /// <summary>One whole answer, and nothing behind it.</summary>
    Whole,

    /// <summary>No answer that HTTP/1.1 allows here; the connection is of no use any more.</summary>
    Malformed,
}

/// <summary>One HTTP/1.1 answer, read strictly: a load test that forgives nonsense measures nonsense.</summary>
internal readonly ref struct HttpAnswer
{
    private const int LongestHead = 16 * 1024;
    private const int LongestBody = 1024 * 1024;

    private HttpAnswer(int status, ReadOnlySpan<byte> body, bool replayed, bool closes, bool saysWhen)
    {
        Status = status;
        Body = body;
        IsReplayed = replayed;
        Closes = closes;
        SaysWhen = saysWhen;
    }

    /// <summary>100 to 599.</summary>
    public int Status { get; }

    /// <summary>As many bytes as Content-Length says, or all chunks together.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary><c>Idempotent-Replayed: true</c>.</summary>
    public bool IsReplayed { get; }

    /// <summary><c>Connection: close</c>.</summary>
    public bool Closes { get; }

    /// <summary>Has Retry-After.</summary>
    public bool SaysWhen { get; }

    /// <summary>Reads all that a connection has sent since its request.</summary>
    /// <param name="wrong">What is wrong with it; null unless it is malformed.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> received, out HttpAnswer answer, out string? wrong)
    {
        answer = default;
        wrong = null;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (!StartsAsHttp(received))
            return Refuse("does not begin with HTTP/1.1 and a status", out wrong);
        if (end < 0)
            return received.Length > LongestHead ? Refuse($"the head is longer than {LongestHead} bytes", out wrong) : ParseStatus.Incomplete;
        var head = received[..(end + 2)];
        var status = received.Length > 12 && Utf8Parser.TryParse(received.Slice(9, 3), out int number, out var digits) && digits == 3 ? number : 0;
        if (status is < 200 or > 599)
            return Refuse($"status {status} is no final one", out wrong);
        var fields = new Fields();
        if (!fields.Read(head[(head.IndexOf("\r\n"u8) + 2)..], out wrong))
            return ParseStatus.Malformed;
        var rest = received[(end + 4)..];
        var body = ReadOnlySpan<byte>.Empty;
        var reading = fields.IsChunked ? ChunkedBody.Read(rest, LongestBody, out body, out wrong) : Sized(rest, status, fields.Length, out body, out wrong);
        if (reading != ParseStatus.Whole)
            return reading;
        answer = new HttpAnswer(status, body, fields.Replayed, fields.Closes, fields.SaysWhen);
        return ParseStatus.Whole;
    }

    private static ParseStatus Sized(ReadOnlySpan<byte> rest, int status, long length, out ReadOnlySpan<byte> body, out string? wrong)
    {
        body = rest;
        wrong = null;
        if (length < 0 && status is not (204 or 304))
            return Refuse("has neither Content-Length nor chunks", out wrong);
        if (length > LongestBody)
            return Refuse($"says that {length} bytes come", out wrong);
        if (rest.Length > Math.Max(length, 0))
            return Refuse($"has {rest.Length - Math.Max(length, 0)} bytes more than its Content-Length says", out wrong);
        return rest.Length < length ? ParseStatus.Incomplete : ParseStatus.Whole;
    }

    private static bool StartsAsHttp(ReadOnlySpan<byte> received)
    {
        var start = "HTTP/1.1 "u8;
        return received.Length < start.Length ? start.StartsWith(received) : received.StartsWith(start);
    }

    private static ParseStatus Refuse(string why, out string? wrong)
    {
        wrong = why;
        return ParseStatus.Malformed;
    }

    private ref struct Fields
    {
        public Fields() { }

        public long Length { get; private set; } = -1;

        public bool IsChunked { get; private set; }

        public bool Replayed { get; private set; }

        public bool Closes { get; private set; }

        public bool SaysWhen { get; private set; }

        public bool Read(ReadOnlySpan<byte> lines, out string? wrong)
        {
            wrong = null;
            while (!lines.IsEmpty)
            {
                var end = lines.IndexOf("\r\n"u8);
                var line = lines[..end];
                lines = lines[(end + 2)..];
                var colon = line.IndexOf((byte)':');
                if (colon <= 0)
                    wrong = "a header field has no name";
                else
                    Take(line[..colon], line[(colon + 1)..].Trim((byte)' '), ref wrong);
                if (wrong is not null)
                    return false;
            }
            return true;
        }

        private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref string? wrong)
        {
            // By length first: most fields are none of these.
            if (name.Length == 14 && Same(name, "content-length"u8))
                TakeLength(value, ref wrong);
            else if (name.Length == 17 && Same(name, "transfer-encoding"u8))
                TakeCoding(value, ref wrong);
            else if (name.Length == 19 && Same(name, "idempotent-replayed"u8))
                Replayed = value.SequenceEqual("true"u8);
            else if (name.Length == 10 && Same(name, "connection"u8))
                Closes = Same(value, "close"u8);
            else if (name.Length == 11 && Same(name, "retry-after"u8))
                SaysWhen = Utf8Parser.TryParse(value, out int _, out var digits) && digits == value.Length;
        }

        private void TakeCoding(ReadOnlySpan<byte> value, ref string? wrong)
        {
            IsChunked = Same(value, "chunked"u8);
            if (!IsChunked)
                wrong = "has a Transfer-Encoding other than chunked";
        }

        private void TakeLength(ReadOnlySpan<byte> value, ref string? wrong)
        {
            if (!Utf8Parser.TryParse(value, out long length, out var digits) || digits != value.Length || length < 0)
                wrong = "its Content-Length is no number";
            else if (Length >= 0 && Length != length)
                wrong = "has two Content-Lengths";
            else
                Length = length;
        }

        private static bool Same(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => System.Text.Ascii.EqualsIgnoreCase(text, lower);
    }
}
