"""Orders as the API, the board and the customer read them."""
