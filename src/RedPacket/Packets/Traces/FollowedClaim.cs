using System.Globalization;

namespace RedPacket.Packets.Traces;

/// <summary>A followed share, as the ledger keeps it for those who follow the ledger.</summary>
/// <param name="Traceparent">The trace context of its request.</param>
internal readonly record struct FollowedClaim(string PacketId, long Ordinal, string Traceparent)
{
    /// <summary>
    /// A line <c>packetId ordinal traceparent</c> for each; null when there is none. What is no trace context is left out.
    /// </summary>
    public static string? Write(IEnumerable<FollowedClaim> claims)
    {
        var lines = string.Join('\n', claims.Where(claim => Messages.Traceparent.Is(claim.Traceparent)).Select(claim =>
            string.Create(CultureInfo.InvariantCulture, $"{claim.PacketId} {claim.Ordinal} {claim.Traceparent}")));
        return lines.Length == 0 ? null : lines;
    }

    /// <summary>The claims of a text that <see cref="Write"/> has made. Other lines are left out.</summary>
    public static IEnumerable<FollowedClaim> Read(string? text) =>
        from line in text?.Split('\n') ?? []
        let words = line.Split(' ')
        where words.Length == 3 && Messages.Traceparent.Is(words[2])
        let ordinal = long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where ordinal > 0
        select new FollowedClaim(words[0], ordinal, words[2]);
}
