using RedPacket.Messages;

namespace RedPacket.Ledger;

internal static partial class LedgerLog
{
    [LoggerMessage(5000, LogLevel.Information, "Opened the ledger at {Path}")]
    public static partial void LedgerOpened(this ILogger logger, string path);

    [LoggerMessage(5001, LogLevel.Information, "Brought the ledger at {Path} to schema {Migration}")]
    public static partial void LedgerMigrated(this ILogger logger, string path, string migration);

    [LoggerMessage(5020, LogLevel.Warning, "Began with an empty ledger {Place}, because Ledger:BeginAnew is set: remove the setting")]
    public static partial void LedgerBegunAnew(this ILogger logger, string place);

    [LoggerMessage(5002, LogLevel.Error, "Lost the ledger, new entries wait in the outbox: {Reason}")]
    public static partial void OutageBegan(this ILogger logger, string reason);

    [LoggerMessage(5009, LogLevel.Error, "Could not open the ledger yet: {Reason}")]
    public static partial void LedgerNotOpenYet(this ILogger logger, string reason);

    [LoggerMessage(5003, LogLevel.Warning, "Got the ledger back after {OutageSeconds:F1} s, {WaitingChunks} chunks waiting")]
    public static partial void OutageEnded(this ILogger logger, double outageSeconds, int waitingChunks);

    [LoggerMessage(5004, LogLevel.Warning, "Took apart a transaction of {Chunks} chunks that the ledger refused")]
    public static partial void TransactionTakenApart(this ILogger logger, Exception exception, int chunks);

    [LoggerMessage(5005, LogLevel.Error, "Parked {Entries} {Reason} entries of shard {Shard}, see /api/v1/parked")]
    public static partial void EntriesParked(this ILogger logger, int shard, int entries, string reason);

    [LoggerMessage(5006, LogLevel.Error, "Left {Entries} entries in the outbox to be resent, the first is {PacketId} {Kind} {Ordinal}")]
    private static partial void LinesLeft(
        this ILogger logger, Exception exception, int entries, string packetId, EntryKind kind, int ordinal);

    /// <param name="first">Null when the first of them cannot be read.</param>
    public static void LinesLeft(this ILogger logger, Exception exception, int entries, Entry? first) =>
        logger.LinesLeft(exception, entries, first?.PacketId ?? "unreadable", first?.Kind ?? 0, first?.Ordinal ?? 0);

    [LoggerMessage(5007, LogLevel.Warning, "Cleared the lock of a schema change at {Path} that was killed half-way")]
    public static partial void MigrationLockCleared(this ILogger logger, string path);

    [LoggerMessage(5010, LogLevel.Warning, "Settlement was paused by {Operator} and records nothing until it is resumed: {Reason}")]
    public static partial void SettlementPaused(this ILogger logger, string @operator, string reason);

    [LoggerMessage(5011, LogLevel.Information, "Settlement was resumed")]
    public static partial void SettlementResumed(this ILogger logger);

    [LoggerMessage(5008, LogLevel.Error,
        "Parked {Entries} entries of shard {Shard} as conflict, see /api/v1/parked?reason=conflict")]
    public static partial void ConflictsParked(this ILogger logger, int shard, int entries);
}
