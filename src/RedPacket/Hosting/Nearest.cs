namespace RedPacket.Hosting;

/// <summary>Finds what somebody meant who mistyped a name.</summary>
internal static class Nearest
{
    /// <summary>
    /// The candidate that differs by the fewest letters. Null when all differ by more than <paramref name="most"/>.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> candidates, int most) => candidates
        .Select(candidate => (Name: candidate, Letters: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .Where(candidate => candidate.Letters <= most)
        .OrderBy(candidate => candidate.Letters).Select(candidate => candidate.Name).FirstOrDefault();

    /// <summary>As the end of a line that names the unknown word.</summary>
    public static string Question(string? near) => near is null ? "" : $"; did you mean {near}?";

    /// <summary>Letters to insert, delete, replace, or swap with their neighbour.</summary>
    public static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], 1 + rows[i - 2, j - 2]);
            }
        }

        return rows[from.Length, to.Length];
    }
}
