using System.Buffers;

namespace RedPacket;

/// <summary>The form of a user's id, and the check number by which swapped users are seen.</summary>
internal static class UserId
{
    /// <summary>The rule of <see cref="IsValid"/>, in words for callers.</summary>
    public const string Rule = "1 to 255 characters of A-Z a-z 0-9 . _ ~ @ | : + / = -, and is neither . nor ..";

    private const int Longest = 255;
    private static readonly SearchValues<char> s_alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@|:+/=-");

    /// <summary>
    /// True for a user id: it has no space, no quote, and nothing that JSON, Lua or a log would escape. A client
    /// resolves . and .. in an address before it sends it, so no address could name these two.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<char> userId) =>
        userId.Length is > 0 and <= Longest && userId is not ("." or "..") && !userId.ContainsAnyExcept(s_alphabet);

    /// <summary>
    /// The user id of a segment of an address. Servers leave an escaped slash as it is, and no id has a percent sign.
    /// </summary>
    public static string OfSegment(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A 24-bit number of the user (FNV-1a, folded). A packet keeps the sum of (check + ordinal) x fen over its claims.
    /// The ledger can compute the same sum from its rows. Equal sums mean that the same users hold the same shares. 24
    /// bits keep the sum exact in a double, because the fen of one packet stay under 2^27
    /// (<see cref="Messages.Entry.MostFen"/>).
    /// </summary>
    public static int Check(string userId)
    {
        var hash = 2166136261u;
        foreach (var character in userId)
            hash = unchecked((hash ^ character) * 16777619u);
        return (int)((hash ^ (hash >> 24)) & 0xFFFFFF);
    }
}
