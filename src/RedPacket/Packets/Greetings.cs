using System.Globalization;
using System.Text;

namespace RedPacket.Packets;

/// <summary>The characters that a greeting may hold.</summary>
internal static class Greetings
{
    private static readonly UnicodeCategory[] s_refused =
    [
        UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.PrivateUse, UnicodeCategory.LineSeparator,
        UnicodeCategory.ParagraphSeparator,
    ];

    /// <summary>
    /// At most <paramref name="longest"/> text elements. No control characters (category Cc), no characters of private
    /// use (Co), no line and paragraph separators, no lone surrogates. Of format characters (Cf) only the two that join
    /// letters and emoji (U+200C, U+200D): most others turn text round or hide it. Characters without a meaning (Cn)
    /// are allowed, because they may be new emoji.
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
            if (s_refused.Contains(Rune.GetUnicodeCategory(rune)) && rune.Value is not (0x200C or 0x200D))
                return false;
            rest = rest[length..];
        }

        return new StringInfo(greeting).LengthInTextElements <= longest;
    }
}
