using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using static RedPacket.Tests.Ledger.Lines;

namespace RedPacket.Tests.Ledger;

public sealed class LedgerSetupTests
{
    [Fact]
    public async Task HostWithALedger_WritesByTheJournalAndReadsByTheFactory()
    {
        using var disk = new LedgerOnDisk("data/ledger.db");
        using var host = Host($"Data Source={disk.Path}");
        await host.StartAsync(LedgerOnDisk.Stop);

        await host.Services.GetRequiredService<Journal>().Record(Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)), LedgerOnDisk.Stop);

        await using var ledger = await host.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync(LedgerOnDisk.Stop);
        Assert.Equal(130, await ledger.Transfers.SumAsync(transfer => transfer.AmountFen, LedgerOnDisk.Stop));
        await host.StopAsync(LedgerOnDisk.Stop);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Hots=db;Username=u")]
    [InlineData("Host=;Username=u")]
    [InlineData("Data Source=:memory:")]
    public async Task HostWithoutAUsableLedger_DoesNotStartAndNamesTheSetting(string? connectionString)
    {
        using var host = Host(connectionString);

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(LedgerOnDisk.Stop));

        Assert.Contains("ConnectionStrings:Ledger", failure.Message, StringComparison.Ordinal);
    }

    private static IHost Host(string? connectionString)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Ledger"] = connectionString, ["Ledger:MaxRows"] = "500" });
        builder.Services.AddLedger(builder.Configuration);
        return builder.Build();
    }
}
