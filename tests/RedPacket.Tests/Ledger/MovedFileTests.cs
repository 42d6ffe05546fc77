using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>A SQLite file that is deleted or replaced stays open for those who have it open.</summary>
public sealed class MovedFileTests
{
    [Fact]
    public async Task FileIsGone_NoReaderAnswersFromIt_UntilItIsBack()
    {
        using var ledger = new TestLedger();
        var journal = await ledger.Open();
        await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        // Its connection goes back to the pool.
        Assert.Equal(1, await Packets(ledger));
        journal.Dispose();
        File.Move(ledger.Path, $"{ledger.Path}.former");

        // Another test may have emptied the pool meanwhile. Then there is no such file to open.
        Assert.True(LedgerOutage.IsUnread(await Assert.ThrowsAnyAsync<Exception>(() => Packets(ledger))));

        File.Move($"{ledger.Path}.former", ledger.Path);
        Assert.Equal(1, await Packets(ledger));
    }

    private static async Task<int> Packets(TestLedger ledger)
    {
        await using var db = ledger.Read();
        return await db.Packets.CountAsync(TestLedger.Stop);
    }
}
