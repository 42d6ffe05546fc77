using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Repairs;

/// <summary>Entries that wait for the same reason: most likely one cause made them all.</summary>
/// <param name="Detail">What their details have in common: numbers and names are left out.</param>
/// <param name="AmountFen">Their sum, without amounts that no entry may have.</param>
/// <param name="Replays">How often an operator replayed them, over all of them.</param>
/// <param name="FirstId">The id of the first of them.</param>
internal sealed record ParkedGroup(
    string Reason, string Entry, string Detail, long Count, long AmountFen, DateTimeOffset FirstAt, DateTimeOffset LastAt, long Replays,
    long FirstId);

/// <summary>Groups of parked entries, largest first. <paramref name="IsWhole"/>: false when there were too many to look at.</summary>
internal sealed record ParkedGroupList(IReadOnlyList<ParkedGroup> Groups, bool IsWhole);

/// <summary>Puts the entries that wait into groups.</summary>
internal sealed partial class ParkedGroups(IDbContextFactory<LedgerDbContext> contexts)
{
    /// <summary>Different details that are looked at.</summary>
    private const int Most = 100_000;

    public async Task<ParkedGroupList> Read(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.Parked.AsNoTracking().Where(entry => entry.ResolvedAt == null)
            .GroupBy(entry => new { entry.Reason, entry.Kind, entry.Detail })
            .Select(same => new
            {
                same.Key.Reason,
                same.Key.Kind,
                same.Key.Detail,
                Count = same.LongCount(),
                // A line may name any amount, and their sum is to fit.
                Fen = same.Sum(entry => entry.AmountFen > Entry.MostFen ? 0 : entry.AmountFen),
                First = same.Min(entry => entry.ParkedAt),
                Last = same.Max(entry => entry.ParkedAt),
                Replays = same.Sum(entry => (long)entry.Replays),
                FirstId = same.Min(entry => entry.Id),
            }).OrderBy(group => group.FirstId).Take(Most).ToListAsync(cancellation);
        var groups = rows.GroupBy(row => (row.Reason, row.Kind, Detail: Common(row.Detail))).Select(same => new ParkedGroup(
            same.Key.Reason, EntryName.Of(same.Key.Kind), same.Key.Detail, same.Sum(row => row.Count), same.Sum(row => row.Fen),
            DateTimeOffset.FromUnixTimeMilliseconds(same.Min(row => row.First)),
            DateTimeOffset.FromUnixTimeMilliseconds(same.Max(row => row.Last)), same.Sum(row => row.Replays),
            same.Min(row => row.FirstId)));
        return new ParkedGroupList([.. groups.OrderByDescending(group => group.Count).ThenBy(group => group.FirstId)], rows.Count < Most);
    }

    /// <summary>A detail without its numbers and the names of accounts.</summary>
    internal static string Common(string detail) => Number().Replace(Account().Replace(detail, "${kind}:…"), "…");

    [GeneratedRegex(@"\b(?<kind>wallet|packet|funding|loss):\S+?(?=,? |[,;]|$)")]
    private static partial Regex Account();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
