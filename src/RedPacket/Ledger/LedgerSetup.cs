using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Kept;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Ledger;

/// <summary>
/// The ledger: <see cref="Journal"/> writes, an <see cref="IDbContextFactory{TContext}"/> of
/// <see cref="LedgerDbContext"/> reads.
/// </summary>
internal static class LedgerSetup
{
    private static int s_isPrepared;

    /// <summary>The writer too: roles settle, reconcile and announce.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddLedgerReading(configuration);
        Prepare(configuration.GetConnectionString("Ledger") ?? "");
        // The host registers its own, which asks Redis.
        services.TryAddSingleton(new LedgerCreation(() => null));
        services.AddSingleton<Journal>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<HouseRecord>();
        services.AddSingleton<AnnouncedRecord>();
        services.AddSingleton<SubscriberRecord>();
        services.AddSingleton<ReportRecord>();
        services.AddHostedService<LedgerStart>();
        return services;
    }

    /// <summary>Reading only: role grab.</summary>
    public static IServiceCollection AddLedgerReading(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<LedgerOptions>(configuration)
            .Configure(options => options.ConnectionString = configuration.GetConnectionString("Ledger") ?? "")
            .Validate(options => LedgerProvider.Of(options.ConnectionString) is not null,
                "ConnectionStrings:Ledger is missing or names no ledger: "
                + "set it to the path of a SQLite file, for example \"Data Source=data/ledger.db\", "
                + "or to a PostgreSQL database, \"Host=<server>;Database=<name>;Username=<role>;Password=<secret>\".")
            .Validate(options => SqliteLedgerFile.HasOnlyItsPath(options.ConnectionString),
                "ConnectionStrings:Ledger names a SQLite file, and takes Data Source only. The service sets everything else itself.");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LedgerInspector>();
        services.AddSingleton<SubscriberReader>();
        services.AddPooledDbContextFactory<LedgerDbContext>((provider, context) =>
        {
            var options = provider.GetRequiredService<IOptions<LedgerOptions>>().Value;
            LedgerProvider.Of(options).Read(context, options.ConnectionString);
        });
        return services;
    }

    // Once in a process, and beside the host, so that the ledger is soon open. What fails here fails again when it is opened.
    private static void Prepare(string connectionString)
    {
        if (LedgerProvider.Of(connectionString) is { } kind && Interlocked.Exchange(ref s_isPrepared, 1) == 0)
            _ = Task.Run(() => kind.Prepare(connectionString));
    }

    /// <summary>Starts the writer without waiting for it: a slow ledger must not delay a grab.</summary>
    private sealed class LedgerStart(Journal journal) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            journal.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
