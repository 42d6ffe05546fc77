using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedPacket.Peers;

/// <summary>
/// The request commits a row to SQLite before it answers. When that fails, it returns the share and the user gets a 500.
/// </summary>
internal sealed partial class RowInRequest(NaiveStore store, SqliteTable table, ILogger<RowInRequest> logger) : RedisPeer(store)
{
    private readonly ILogger _logger = logger;

    public static void Add(WebApplicationBuilder builder, PeerSettings settings) =>
        builder.Services.AddSingleton(new SqliteTable(settings.Ledger)).AddSingleton<Peer, RowInRequest>();

    protected override async Task<bool> Record(GrabAccepted grab)
    {
        try
        {
            await table.Add(grab);
            return true;
        }
        catch (Exception exception)
        {
            RecordingFailed(exception, grab.PacketId, grab.Ordinal);
            await Store.Return(grab);
            return false;
        }
    }

    [LoggerMessage(9101, LogLevel.Error, "Recording share {Ordinal} of packet {PacketId} failed, the share was returned")]
    private partial void RecordingFailed(Exception exception, string packetId, int ordinal);
}
