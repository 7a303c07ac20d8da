"""Columns of people's lists that hold a name, as their headers and the variables of calls call them, the likeliest first."""

FIRST_NAME = (
    *("first_name", "firstname", "first", "given_name", "given", "vorname", "prenom", "nombre"),
    *("primeiro_nome", "nome"),
)
LAST_NAME = (
    *("last_name", "lastname", "last", "surname", "family_name", "nachname", "nom", "apellido", "apellidos"),
    *("sobrenome", "cognome"),
)
WHOLE_NAME = ("name", "full_name", "customer_name", "customer", "contact", "kunde", "cliente", "client")
