using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace RedPacket.LoadTest.Report;

/// <summary>
/// Breaks a line of markup for narrow terminals: between items, which have two spaces between them, then between words.
/// A number stays with its unit.
/// </summary>
internal static partial class Wrapping
{
    public static string Of(string markup, int width)
    {
        var (text, used) = (new StringBuilder(), 0);
        foreach (var item in markup.Split("  "))
        {
            if (Length(item) <= width)
                Add(item, "  ");
            else
                foreach (var word in WordEnd().Split(item))
                    Add(word, " ");
        }
        return text.ToString();

        void Add(string part, string gap)
        {
            var length = Length(part);
            var fits = used + gap.Length + length <= width;
            if (used > 0)
                text.Append(fits ? gap : "\n");
            text.Append(part);
            used = used > 0 && fits ? used + gap.Length + length : length;
        }
    }

    private static int Length(string markup) => Markup.Remove(markup).Length;

    [GeneratedRegex(" +(?!(?:µs|ms|s|min|%|GB)(?![a-z]))")]
    private static partial Regex WordEnd();
}
