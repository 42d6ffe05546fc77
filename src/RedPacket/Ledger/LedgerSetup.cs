using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Ledger;

/// <summary>The ledger: <see cref="Journal"/> writes, an <see cref="IDbContextFactory{TContext}"/> of <see cref="LedgerDbContext"/> reads.</summary>
internal static class LedgerSetup
{
    /// <summary>The writer too: roles settle and reconcile.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddLedgerReading(configuration);
        services.AddSingleton<Journal>();
        services.AddHostedService<LedgerStart>();
        return services;
    }

    /// <summary>Reading only: role grab.</summary>
    public static IServiceCollection AddLedgerReading(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LedgerOptions>()
            .Bind(configuration.GetSection(LedgerOptions.Section))
            .Configure(options => options.ConnectionString = configuration.GetConnectionString("Ledger") ?? "")
            .ValidateDataAnnotations()
            .Validate(options => SqliteLedgerFile.IsUsable(options.ConnectionString),
                "ConnectionStrings:Ledger is missing or names no SQLite file: set it to \"Data Source=<path>\", for example Data Source=data/ledger.db.")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddDbContextFactory<LedgerDbContext>((provider, context) =>
            SqliteLedgerFile.Read(context, provider.GetRequiredService<IOptions<LedgerOptions>>().Value.ConnectionString));
        return services;
    }

    /// <summary>Starts the writer without waiting for it: a ledger that comes late must not hold up a grab.</summary>
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
