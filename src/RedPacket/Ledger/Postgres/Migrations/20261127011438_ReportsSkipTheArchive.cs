using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RedPacket.Ledger.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class ReportsSkipTheArchive : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "archived_at",
                table: "accounts",
                type: "bigint",
                nullable: true);

            migrationBuilder.Sql("""
                UPDATE accounts SET archived_at = (SELECT archived_at FROM packets WHERE 'packet:' || packet_id = accounts.code)
                WHERE code IN (SELECT 'packet:' || packet_id FROM packets WHERE archived_at IS NOT NULL)
                """);

            migrationBuilder.CreateIndex(
                name: "transfers_adjustments",
                table: "transfers",
                column: "kind",
                filter: "kind = 4");

            migrationBuilder.CreateIndex(
                name: "packets_archived",
                table: "packets",
                column: "archived_at",
                filter: "archived_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "accounts_not_archived",
                table: "accounts",
                column: "archived_at",
                filter: "archived_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "transfers_adjustments",
                table: "transfers");

            migrationBuilder.DropIndex(
                name: "packets_archived",
                table: "packets");

            migrationBuilder.DropIndex(
                name: "accounts_not_archived",
                table: "accounts");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "accounts");
        }
    }
}
