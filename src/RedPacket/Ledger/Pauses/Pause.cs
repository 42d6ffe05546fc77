using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger.Pauses;

/// <summary>An operator has paused settlement: until it is resumed, no entry is recorded. Grabs go on.</summary>
internal sealed record Pause(DateTimeOffset At, string By, string Reason);

/// <summary>Reads the pause from the row of the house.</summary>
internal static class PauseQuery
{
    /// <summary>Null while settlement is not paused.</summary>
    public static async Task<Pause?> ReadPause(this LedgerDbContext db, CancellationToken cancellation)
    {
        var row = await db.House.AsNoTracking().Where(house => house.PausedAt != null)
            .Select(house => new { house.PausedAt, house.PausedBy, house.PauseReason }).SingleOrDefaultAsync(cancellation);
        return row is null
            ? null
            : new Pause(DateTimeOffset.FromUnixTimeMilliseconds(row.PausedAt!.Value), row.PausedBy ?? "", row.PauseReason ?? "");
    }
}
