using System.Globalization;
using System.Text;

namespace RedPacket.Tests.Fuzz;

/// <summary>
/// Draws inputs by rules: most parts are right, so that an input gets past the first check, and some are damaged. One
/// seed, one sequence. <c>FUZZ_SEED</c> gives the seed and <c>FUZZ_TIMES</c> multiplies the number of inputs.
/// </summary>
internal sealed class Grammar(int seed)
{
    private static readonly string[] s_scraps =
    [
        "", " ", "\t", "\0", "\r", "\n", "\r\n", "\"", "\\", "'", "{", "}", "[", "]", ",", ":", ";", "%", "%00", "%2e%2e", "..", "/",
        "//", "?", "&", "#", "*", "$", "-", "+", "null", "true", "\\u0000", "\\ud800", "福", "🧧", "\u200b", "\ufeff", "9", "00", "1e9",
        "x",
    ];

    private static readonly string[] s_numbers =
    [
        "0", "1", "2", "10", "100", "-1", "+1", "01", "1.5", "1e3", "2147483647", "2147483648", "134217727", "134217728",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "99999999999999999999", "NaN", "٣", " 1", "",
    ];

    private readonly Random _random = new(seed);

    public int Seed => seed;

    public static int DrawnSeed =>
        int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SEED"), out var given) ? given : Random.Shared.Next();

    /// <summary>True when more inputs than usual were asked for, as a run of these tests alone does.</summary>
    public static bool IsLong => Count(1) > 1;

    /// <summary>How many inputs a test draws.</summary>
    public static int Count(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("FUZZ_TIMES"), out var times) ? checked(usual * times) : usual;

    public int Below(int limit) => _random.Next(limit);

    /// <summary>True in one of so many cases.</summary>
    public bool OneIn(int cases) => _random.Next(cases) == 0;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public string Scrap() => Of<string>(s_scraps);

    public string Number() => OneIn(2) ? Below(12).ToString(CultureInfo.InvariantCulture) : Of<string>(s_numbers);

    /// <summary>
    /// The text, and in one of so many cases with up to three wounds: a part cut out, doubled, or a scrap put in.
    /// </summary>
    public string Damaged(string text, int cases)
    {
        if (!OneIn(cases))
            return text;
        var wounded = new StringBuilder(text);
        for (var wounds = 1 + Below(3); wounds > 0; wounds--)
        {
            var at = Below(wounded.Length + 1);
            var length = Math.Min(Below(6), wounded.Length - at);
            switch (Below(3))
            {
                case 0:
                    wounded.Remove(at, length);
                    break;
                case 1:
                    wounded.Insert(at, wounded.ToString(at, length));
                    break;
                default:
                    wounded.Insert(at, Scrap());
                    break;
            }
        }
        return wounded.ToString();
    }
}
