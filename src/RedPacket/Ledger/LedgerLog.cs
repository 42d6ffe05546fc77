
namespace RedPacket.Ledger;

internal static partial class LedgerLog
{
    [LoggerMessage(5000, LogLevel.Information, "Opened the ledger at {Path}")]
    public static partial void Opened(ILogger logger, string path);

    [LoggerMessage(5001, LogLevel.Information, "Brought the ledger at {Path} to schema {Migration}")]
    public static partial void Migrated(ILogger logger, string path, string migration);

    [LoggerMessage(5020, LogLevel.Warning, "Begin with an empty ledger {Place}, because Ledger:BeginAnew says so. Take the setting away again")]
    public static partial void BegunAnew(ILogger logger, string place);

    [LoggerMessage(5002, LogLevel.Error, "Lost the ledger: {Reason} Entries are held and grabs go on; nothing has to be done again by hand")]
    public static partial void OutageBegan(ILogger logger, string reason);

    [LoggerMessage(5003, LogLevel.Warning, "Got the ledger back after {OutageSeconds:F1} s, {WaitingChunks} chunks waiting")]
    public static partial void OutageEnded(ILogger logger, double outageSeconds, int waitingChunks);

    [LoggerMessage(5004, LogLevel.Warning, "Took apart a transaction of {Chunks} chunks that the ledger refused")]
    public static partial void TookApart(ILogger logger, Exception exception, int chunks);

    [LoggerMessage(5005, LogLevel.Error, "Parked {Entries} {Reason} entries of shard {Shard}; see /api/v1/parked")]
    public static partial void Parked(ILogger logger, int shard, int entries, string reason);

    [LoggerMessage(5006, LogLevel.Error, "Left {Entries} entries in the outbox, they will come again; the first: {PacketId} {Kind} {Ordinal}")]
    public static partial void Left(ILogger logger, Exception exception, int entries, string packetId, TransferKind kind, int ordinal);

    [LoggerMessage(5007, LogLevel.Warning, "Cleared the lock of a schema change at {Path} that was killed half-way")]
    public static partial void ClearedMigrationLock(ILogger logger, string path);

    [LoggerMessage(5008, LogLevel.Error,
        "Parked {Entries} entries of shard {Shard} that contradict the ledger: two users, or two amounts, for one share; see /api/v1/parked?reason=conflict")]
    public static partial void Conflicted(ILogger logger, int shard, int entries);
}
