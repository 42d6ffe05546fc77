using System.Buffers.Text;

namespace RedPacket.LoadTest.Engine;

/// <summary>A body in chunks, as the service sends it. A body with one chunk, the usual case, is not copied.</summary>
internal static class ChunkedBody
{
    /// <summary>Reads the bytes after the head.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> rest, int longest, out ReadOnlySpan<byte> body, out string? error)
    {
        body = [];
        error = null;
        byte[]? joined = null;
        while (true)
        {
            var end = rest.IndexOf("\r\n"u8);
            if (end < 0)
                return rest.Length > 16 ? Malformed("a chunk has no size", out error) : ParseStatus.Incomplete;
            if (!Utf8Parser.TryParse(rest[..end], out int size, out var digits, 'x') || digits != end || size < 0)
                return Malformed("a chunk's size is not a number", out error);
            if (size > longest || body.Length + size > longest)
                return Malformed("its chunks are too long", out error);
            rest = rest[(end + 2)..];
            if (rest.Length < size + 2)
                return ParseStatus.Incomplete;
            if (!rest.Slice(size, 2).SequenceEqual("\r\n"u8))
                return Malformed("a chunk is longer than its size says", out error);
            if (size == 0)
                return rest.Length == 2 ? ParseStatus.Whole : Malformed($"has {rest.Length - 2} bytes after its last chunk", out error);
            if (!body.IsEmpty)
                joined = [.. body, .. rest[..size]];
            body = joined ?? rest[..size];
            rest = rest[(size + 2)..];
        }
    }

    private static ParseStatus Malformed(string reason, out string? error)
    {
        error = reason;
        return ParseStatus.Malformed;
    }
}
