using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace RedPacket.Ledger;

/// <summary>Which ledgers the migrations of this version can upgrade.</summary>
internal static class LedgerUpgrade
{
    /// <summary>
    /// Before it migrates, EF Core compares the model with the last migration, for developers. A test does that here, so
    /// that no start has to build both models.
    /// </summary>
    public static void CompareNoModels(WarningsConfigurationBuilder warnings) =>
        warnings.Ignore(RelationalEventId.PendingModelChangesWarning);

    /// <summary>A ledger of a newer version has all migrations of this one, and needs none.</summary>
    /// <param name="remedy">What to do with it instead, in words.</param>
    /// <exception cref="LedgerUnavailableException">Its migrations are of another history, as before the first
    /// release.</exception>
    public static void MustBePossible(DatabaseFacade ledger, string place, string remedy)
    {
        var unknown = ledger.GetAppliedMigrations().Except(ledger.GetMigrations()).ToList();
        if (unknown.Count > 0 && ledger.GetPendingMigrations().Any())
            throw new LedgerUnavailableException(
                $"The ledger {place} has the schema {unknown[^1]}, which this version cannot upgrade. {remedy} {LedgerCreation.Anew}");
    }
}
