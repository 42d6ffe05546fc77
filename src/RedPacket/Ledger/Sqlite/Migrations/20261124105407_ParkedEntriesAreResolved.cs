using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RedPacket.Ledger.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class ParkedEntriesAreResolved : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "resolution",
                table: "parked",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "resolved_at",
                table: "parked",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "resolution",
                table: "parked");

            migrationBuilder.DropColumn(
                name: "resolved_at",
                table: "parked");
        }
    }
}
