using System.Buffers.Text;

namespace RedPacket.LoadTest.Engine;

/// <summary>A body in chunks, as the service sends it: mostly one, which is not copied.</summary>
internal static class ChunkedBody
{
    /// <summary>Reads what stands behind the head.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> rest, int longest, out ReadOnlySpan<byte> body, out string? wrong)
    {
        body = [];
        wrong = null;
        byte[]? several = null;
        while (true)
        {
            var end = rest.IndexOf("\r\n"u8);
            if (end < 0)
                return rest.Length > 16 ? Refuse("a chunk has no size", out wrong) : ParseStatus.Incomplete;
            if (!Utf8Parser.TryParse(rest[..end], out int size, out var digits, 'x') || digits != end || size < 0)
                return Refuse("a chunk's size is no number", out wrong);
            if (size > longest || body.Length + size > longest)
                return Refuse("its chunks are too long", out wrong);
            rest = rest[(end + 2)..];
            if (rest.Length < size + 2)
                return ParseStatus.Incomplete;
            if (!rest.Slice(size, 2).SequenceEqual("\r\n"u8))
                return Refuse("a chunk is longer than its size says", out wrong);
            if (size == 0)
                return rest.Length == 2 ? ParseStatus.Whole : Refuse($"has {rest.Length - 2} bytes after its last chunk", out wrong);
            if (!body.IsEmpty)
                several = [.. body, .. rest[..size]];
            body = several ?? rest[..size];
            rest = rest[(size + 2)..];
        }
    }

    private static ParseStatus Refuse(string why, out string? wrong)
    {
        wrong = why;
        return ParseStatus.Malformed;
    }
}
