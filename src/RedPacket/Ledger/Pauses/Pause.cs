using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger.Pauses;

/// <summary>An operator has paused settlement: until it is resumed, no entry of a queue is recorded. Grabs go on.</summary>
internal sealed record Pause(DateTimeOffset At, string By, string Reason);

/// <summary>Reads the pause from the row of the house.</summary>
internal static class PauseQuery
{
    private const string Sql = "SELECT paused_at, paused_by, pause_reason FROM house WHERE paused_at IS NOT NULL";

    /// <summary>On the writer's connection. Null while settlement is not paused.</summary>
    public static Pause? ReadPause(this DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql;
        using var reader = command.ExecuteReader();
        return reader.Read() ? Read(reader.GetInt64(0), reader.GetString(1), reader.GetString(2)) : null;
    }

    /// <summary>The same for a reader.</summary>
    public static async Task<Pause?> ReadPause(this LedgerDbContext db, CancellationToken cancellation)
    {
        var row = await db.House.AsNoTracking().Where(house => house.PausedAt != null)
            .Select(house => new { house.PausedAt, house.PausedBy, house.PauseReason }).SingleOrDefaultAsync(cancellation);
        return row is null ? null : Read(row.PausedAt!.Value, row.PausedBy!, row.PauseReason!);
    }

    private static Pause Read(long at, string by, string reason) => new(DateTimeOffset.FromUnixTimeMilliseconds(at), by, reason);
}
