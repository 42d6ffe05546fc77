using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

public sealed class LedgerSetupTests
{
    [Fact]
    public async Task HostWithALedger_WritesByTheJournalAndReadsByTheFactory()
    {
        using var disk = new TestLedger("data/ledger.db");
        using var host = Host($"Data Source={disk.Path}");
        await host.StartAsync(TestLedger.Stop);

        await host.Services.GetRequiredService<Journal>().Enqueue(Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)), TestLedger.Stop);

        await using var ledger = await host.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>()
            .CreateDbContextAsync(TestLedger.Stop);
        Assert.Equal(130, await ledger.Transfers.SumAsync(transfer => transfer.AmountFen, TestLedger.Stop));
        await host.StopAsync(TestLedger.Stop);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Hots=db;Username=u")]
    [InlineData("Host=;Username=u")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=ledger.db;Default Timeout=60")]
    [InlineData("Data Source=ledger.db;Password=secret")]
    public async Task HostWithoutAUsableLedger_DoesNotStartAndNamesTheSetting(string? connectionString)
    {
        using var host = Host(connectionString);

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestLedger.Stop));

        Assert.Contains("ConnectionStrings:Ledger", failure.Message, StringComparison.Ordinal);
    }

    private static IHost Host(string? connectionString)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            [new("ConnectionStrings:Ledger", connectionString), new("Ledger:MaxRows", "500")]);
        builder.Services.AddLedger(builder.Configuration);
        return builder.Build();
    }
}
