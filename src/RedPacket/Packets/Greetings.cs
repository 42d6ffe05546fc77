using System.Globalization;
using System.Text;

namespace RedPacket.Packets;

/// <summary>The characters that a greeting may hold.</summary>
internal static class Greetings
{
    /// <summary>
    /// At most <paramref name="longest"/> text elements. No control characters (category Cc), no bidirectional overrides and isolates
    /// (U+202A-202E, U+2066-2069), no line and paragraph separators (U+2028, U+2029), no tag characters (U+E0000-E007F, which hide
    /// text), no lone surrogates. Other format characters are allowed, because they join emoji.
    /// </summary>
    public static bool IsValid(string greeting, int longest)
    {
        // A text element may hold any number of combining marks, so the number of characters has a limit too.
        if (greeting.Length > 16 * (longest + 1))
            return false;
        for (var rest = greeting.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control)
                return false;
            if (rune.Value is (>= 0x2028 and <= 0x202E) or (>= 0x2066 and <= 0x2069) or (>= 0xE0000 and <= 0xE007F))
                return false;
            rest = rest[length..];
        }

        return new StringInfo(greeting).LengthInTextElements <= longest;
    }
}
