using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.Postgresql;
using Wolverine.RabbitMQ;
using Wolverine.Runtime;
using Wolverine.Transports;

namespace RedPacket.Peers;

/// <summary>
/// The request writes a message into Wolverine's durable outbox in PostgreSQL, and Wolverine sends it to RabbitMQ. The
/// durable inbox takes it, and a handler writes up to 500 messages with one statement.
/// </summary>
internal sealed class WolverineOutbox(NaiveStore store, IWolverineRuntime runtime) : RedisPeer(store)
{
    private static readonly TimeSpan[] s_retries =
        [.. new[] { 0.2, 0.5, 1, 2, 5, 10 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    public static void Add(WebApplicationBuilder builder, PeerSettings settings)
    {
        var table = new PostgresTable(settings.Ledger);
        builder.Services.AddSingleton(table).AddSingleton<Peer, WolverineOutbox>();
        builder.Host.UseWolverine(options =>
        {
            // The mode for one process: no elections between nodes.
            options.Durability.Mode = DurabilityMode.Solo;
            options.PersistMessagesWithPostgresql(table.Database, "wolverine");
            options.UseRabbitMq(new Uri(settings.RabbitMq)).AutoProvision();
            options.PublishMessage<GrabAccepted>().ToRabbitQueue(settings.Queue).UseDurableOutbox();
            options.ListenToRabbitQueue(settings.Queue).PreFetchCount(2000)
                .UseDurableInbox(new BufferingLimits(Maximum: 5000, Restart: 2000));
            options.Policies.OnException<NpgsqlException>().RetryWithCooldown(s_retries);
            options.BatchMessagesOf<GrabAccepted>(batch =>
            {
                batch.BatchSize = 500;
                batch.TriggerTime = TimeSpan.FromMilliseconds(100);
            });
            options.Discovery.DisableConventionalDiscovery().IncludeType(typeof(RecordGrabs));
        });
    }

    protected override async Task<bool> Record(GrabAccepted grab)
    {
        await new MessageBus(runtime).PublishAsync(grab);
        return true;
    }
}

/// <summary>The handler. It is public because Wolverine generates code that calls it.</summary>
public static class RecordGrabs
{
    public static Task Handle(GrabAccepted[] grabs, PostgresTable table) => table.Add(grabs);
}
