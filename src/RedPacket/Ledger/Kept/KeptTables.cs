using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RedPacket.Ledger.Kept;

/// <summary>The tables of kept reports and alerts, for the <see cref="LedgerDbContext"/>.</summary>
internal static class KeptTables
{
    public static void Map(EntityTypeBuilder<KeptReport> report)
    {
        report.ToTable("reports");
        report.HasKey(r => r.Id);
        report.Property(r => r.Id).HasColumnName("id");
        report.Property(r => r.AsOf).HasColumnName("as_of");
        report.Property(r => r.Line).HasColumnName("line");
        report.Property(r => r.Report).HasColumnName("report");
        report.HasIndex(r => r.AsOf).HasDatabaseName("reports_by_time");
    }

    public static void Map(EntityTypeBuilder<AlertRow> alert)
    {
        alert.ToTable("alerts");
        alert.HasKey(a => a.Id);
        alert.Property(a => a.Id).HasColumnName("id");
        alert.Property(a => a.Rule).HasColumnName("rule");
        alert.Property(a => a.OpenedAt).HasColumnName("opened_at");
        alert.Property(a => a.SeenAt).HasColumnName("seen_at");
        alert.Property(a => a.Worst).HasColumnName("worst");
        alert.Property(a => a.AcknowledgedAt).HasColumnName("acknowledged_at");
        alert.Property(a => a.AcknowledgedBy).HasColumnName("acknowledged_by");
        alert.Property(a => a.ResolvedAt).HasColumnName("resolved_at");
        // One alert of a rule at a time.
        alert.HasIndex(a => a.Rule).IsUnique().HasDatabaseName("alerts_not_resolved").HasFilter("resolved_at IS NULL");
    }
}
